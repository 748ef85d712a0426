"""Who was here when: from sightings and what people said about them, to days, weeks and months."""
