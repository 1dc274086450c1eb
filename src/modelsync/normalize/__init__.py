"""From a listing to models as a catalog spells them: provider, key, native id, exact prices, features."""
