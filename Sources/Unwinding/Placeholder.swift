// Unwinding
