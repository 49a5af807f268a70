"""Stands in for PySpark, which needs a Java machine and is not among the packages of Debian."""
