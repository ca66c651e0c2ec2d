"""A demonstration that uses the API as anybody could: over HTTP, with bearer tokens. See docs/demo.md."""
