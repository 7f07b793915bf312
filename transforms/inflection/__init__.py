"""The forms that names take in sentences, in languages with cases."""
