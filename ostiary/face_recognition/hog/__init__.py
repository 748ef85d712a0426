"""dlib's frontal face detector, run where YuNet sees faces instead of everywhere."""
