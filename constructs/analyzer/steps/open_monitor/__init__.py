"""Checks of data, model quality, bias and attributions, in the file formats of Model Monitor and Clarify."""
