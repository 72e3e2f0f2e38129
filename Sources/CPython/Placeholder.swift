// CPython
