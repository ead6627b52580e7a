"""What a check costs, beside what others pay for the same answers: `python -m benchmarks [--quick]`."""
