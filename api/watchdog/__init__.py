"""Is every running case well? Rounds over all of them, which find what stands still and repair what has drifted."""
