"""From jobs to stored runs: the one asyncio loop, the scheduler, retries, model references."""
