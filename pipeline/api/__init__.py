"""What Python programs call: runs in processes of their own, lakes to ask, single pages."""
