"""The HTTP server side: one measurement per request, whatever reads it afterwards."""
