namespace Edge.Hil.Scenes;

/// <summary>
/// A small generator of our own (SplitMix64, Steele et al. 2014), so that a seed means the same scene on every runtime and in every year.
/// </summary>
public sealed class SceneRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>What may be drawn.</summary>
    public DataSplit Split { get; private init; }

    /// <summary>A generator for a seed and a purpose; different purposes give unrelated numbers for the same seed.</summary>
    public static SceneRandom For(ulong seed, string purpose, DataSplit split = DataSplit.Train)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        var hash = 14695981039346656037UL; // FNV-1a
        foreach (var c in purpose)
            hash = (hash ^ c) * 1099511628211UL;
        return new SceneRandom(new SceneRandom(seed).NextBits() ^ hash) { Split = split };
    }

    /// <summary>A generator for a further purpose, from where this one stands; this one goes on as if it had not been asked.</summary>
    public SceneRandom Apart(string purpose) => For(_state, purpose);

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Range(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Uniform in [0, count).</summary>
    public int Below(int count) => (int)(NextDouble() * count);

    /// <summary>Uniform in [low, high], both included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Normal, mean 0, deviation 1 (Box and Muller).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>One element.</summary>
    public T Pick<T>(IReadOnlyList<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items[Below(items.Count)];
    }

    /// <summary>Shuffles in place.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
