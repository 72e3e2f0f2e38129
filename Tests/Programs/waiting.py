"""Waits to be told to end; runs on Python 2.7 too."""

import handshake

handshake.ready()
handshake.truth()
