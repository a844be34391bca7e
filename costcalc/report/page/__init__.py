"""THE INSPECTOR PAGE: a network and its costs as one HTML file, or its graph as SVG. Beside it its parts in assets/."""
