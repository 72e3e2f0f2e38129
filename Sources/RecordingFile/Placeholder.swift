// RecordingFile
