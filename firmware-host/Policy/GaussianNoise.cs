using System.Numerics;

namespace Edge.Policy;

/// <summary>Standard normal numbers from a seed: xoshiro256** (Blackman and Vigna) and the method of Box and Muller. The same on every machine.</summary>
public sealed class GaussianNoise : NoiseSource
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Starts at a seed.</summary>
    public GaussianNoise(ulong seed) => Reset(seed);

    /// <summary>Starts again at a seed.</summary>
    public void Reset(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <inheritdoc/>
    public override void Fill(Span<float> values)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
            var (sin, cos) = Math.SinCos(Math.Tau * Uniform());
            values[i] = (float)(radius * cos);
            if (i + 1 < values.Length)
                values[i + 1] = (float)(radius * sin);
        }
    }

    /// <summary>0 (included) to 1 (not included).</summary>
    private double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    private ulong Next()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
