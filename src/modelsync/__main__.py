"""`python -m modelsync` is the command `modelsync`."""

from modelsync.cli import main

if __name__ == "__main__":
    main()
