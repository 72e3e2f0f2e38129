// RemoteProcess
