"""The descriptors of a child. The handover socket is closed before the job runs, so a job has the first five."""

NOTHING, OUTPUT, ERRORS, RESULT, READY, HANDOVER = range(6)
