"""What `watchbill doctor` looks at: an application, what measures it, and what stands in the way."""
