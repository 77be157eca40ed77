namespace Edge.Policy;

/// <summary>Ancestral sampling of DDPM (Ho et al. 2020) with the posterior's variance, on all of the training steps or evenly on some.</summary>
/// <param name="size">Values of a sample.</param>
/// <param name="steps">Questions to the network.</param>
/// <param name="schedule">The training's.</param>
/// <param name="kind">What the network answers.</param>
/// <param name="clip">Bound on the clean sample at every step.</param>
public sealed class DdpmSolver(int size, int steps, NoiseSchedule schedule, PredictionKind kind, float clip) : DiffusionSolver(size, steps, schedule, kind, clip)
{
    private readonly float[] _noise = new float[size];

    private protected override void Step(Span<float> sample, ReadOnlySpan<float> clean, double alphaBar, double nextBar, bool isFirst, NoiseSource noise)
    {
        var alpha = alphaBar / nextBar;
        var fromClean = (float)(Math.Sqrt(nextBar) * (1 - alpha) / (1 - alphaBar));
        var fromSample = (float)(Math.Sqrt(alpha) * (1 - nextBar) / (1 - alphaBar));
        var spread = (float)Math.Sqrt((1 - nextBar) / (1 - alphaBar) * (1 - alpha));
        if (nextBar < 1)
            noise.Fill(_noise);
        else
            _noise.AsSpan().Clear();
        for (var i = 0; i < sample.Length; i++)
            sample[i] = (fromClean * clean[i]) + (fromSample * sample[i]) + (spread * _noise[i]);
    }
}
