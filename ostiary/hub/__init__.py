"""The broadcast server and its client. The only room with asyncio."""
