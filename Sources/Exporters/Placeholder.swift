// Exporters
