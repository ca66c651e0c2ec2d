"""What does a .bpmn file look like? `render_svg` draws it from its own diagram interchange."""

from pathways.picture.svg import render_svg

__all__ = ["render_svg"]
