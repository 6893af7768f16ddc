"""The wiring: definitions, jobs, schedules, sensors and the command line. Imports assets and resources."""
