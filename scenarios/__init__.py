"""What is asked, who asks, and whether it was done."""
