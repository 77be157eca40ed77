namespace Edge.Policy;

/// <summary>What a diffusion network predicts.</summary>
public enum PredictionKind
{
    /// <summary>The noise that was added.</summary>
    Epsilon,

    /// <summary>The clean sample.</summary>
    Sample,

    /// <summary>Velocity: sqrt(alpha) noise - sqrt(1 - alpha) sample (Salimans and Ho 2022). Well defined also where the signal is nil.</summary>
    V,
}

/// <summary>
/// The squared cosine schedule of Nichol and Dhariwal (2021), discretised as usual: beta_i = min(0.999, 1 - f((i + 1) / T) / f(i / T)),
/// f(t) = cos^2((t + 0.008) / 1.008 pi / 2).
/// </summary>
public sealed class NoiseSchedule
{
    private const double MaxBeta = 0.999;
    private readonly double[] _alphaBar;

    /// <summary>A schedule of so many training steps.</summary>
    public NoiseSchedule(int timesteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timesteps, 1);
        _alphaBar = new double[timesteps];
        var product = 1.0;
        for (var i = 0; i < timesteps; i++)
        {
            product *= 1 - Math.Min(MaxBeta, 1 - (Signal((i + 1.0) / timesteps) / Signal((double)i / timesteps)));
            _alphaBar[i] = product;
        }
    }

    /// <summary>Training steps.</summary>
    public int Timesteps => _alphaBar.Length;

    /// <summary>Share of the signal's variance that is left at a step; 1 before the first (-1).</summary>
    public double AlphaBar(int timestep) => timestep < 0 ? 1 : _alphaBar[timestep];

    /// <summary>So many of the training steps, from the last one down, evenly ("trailing": the start is where training had pure noise).</summary>
    public int[] Trailing(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, Timesteps);
        var timesteps = new int[steps];
        for (var i = 0; i < steps; i++)
            timesteps[i] = (int)Math.Round(Timesteps - ((double)i * Timesteps / steps)) - 1;
        return timesteps;
    }

    private static double Signal(double t)
    {
        var cos = Math.Cos((t + 0.008) / 1.008 * Math.PI / 2);
        return cos * cos;
    }
}
