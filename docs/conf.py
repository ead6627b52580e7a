"""Sphinx's settings for the site. What is made at a build, and never committed, is made by the modules of `_ext`."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

import django
from django.conf import settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

settings.configure(USE_I18N=False)  # Django's classes ask for settings when they are imported
django.setup()

project = "hoiio-numbers"
version = release = installed(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "rule_pages", "matrix_page", "reference_pages", "toc", "llms_txt"]
exclude_patterns = ["_build", "_ext"]
myst_heading_anchors = 3
smartquotes = False  # what is to be typed stays as it is typed

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
default_role = "py:obj"  # what stands between backticks in a docstring is a name, and a link where it is one of ours

html_theme = "furo"
html_title = project
html_show_copyright = False  # LICENSE says whose it is
html_static_path = ["_static"]
html_css_files = ["site.css"]
