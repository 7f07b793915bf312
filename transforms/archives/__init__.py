"""What archives hold: records of web archives and members of ZIP and tar, however damaged."""
