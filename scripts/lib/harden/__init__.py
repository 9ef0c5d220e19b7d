"""What `scripts/harden` does to Sealift: each part is a module whose `run` fills a `Tally` until its time is over."""
