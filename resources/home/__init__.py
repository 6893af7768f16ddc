"""The home: the folder that holds everything that was computed."""
