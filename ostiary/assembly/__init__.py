"""The composition root's rooms: settings turned into objects, a file for each part of the house."""
