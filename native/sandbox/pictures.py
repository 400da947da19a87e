"""The zygote's pictures: their encoded bytes and, once a picture has come again, how it is read. All in sealed memory files."""

import os

import frames

# The first time a reading may be of no use to anybody.
_JOBS_BEFORE_READING = 2
_MOST_READINGS_BYTES = 64 << 20


class Picture:
    def __init__(self, encoded, nothing):
        self.encoded, self.nothing = encoded, nothing
        self.reading, self.reading_bytes = nothing, 0
        self.jobs = 0

    def close(self):
        os.close(self.encoded)
        self.forget_reading()

    def forget_reading(self):
        if self.reading != self.nothing:
            os.close(self.reading)
        self.reading, self.reading_bytes = self.nothing, 0


class Pictures:
    def __init__(self):
        self._nothing = frames.memory_file('nothing')
        self._none = Picture(self._nothing, self._nothing)
        self._by_key = {}

    def put(self, key, encoded):
        self._by_key[key] = Picture(encoded, self._nothing)

    def drop(self, key):
        self._by_key.pop(key).close()

    def of_job(self, key):
        picture = self._by_key[key] if key is not None else self._none
        picture.jobs += 1
        return picture

    def wants_reading(self, picture):
        return picture is not self._none and picture.jobs == _JOBS_BEFORE_READING

    def keep_reading(self, picture, file, count):
        """Takes a file over. Readings made longest ago make room, and one that has none is not kept."""
        kept = sum(each.reading_bytes for each in self._by_key.values()) + count
        for each in self._by_key.values():
            if kept > _MOST_READINGS_BYTES:
                kept -= each.reading_bytes
                each.forget_reading()
        if 0 < count <= _MOST_READINGS_BYTES:
            picture.reading, picture.reading_bytes = file, count
        else:
            os.close(file)
