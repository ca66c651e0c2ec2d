"""The diagram as a picture: `from pathways.picture import render_svg`."""
