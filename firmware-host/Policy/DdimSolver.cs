namespace Edge.Policy;

/// <summary>DDIM (Song et al. 2021) without added noise: the same noise always gives the same sample.</summary>
/// <param name="size">Values of a sample.</param>
/// <param name="steps">Questions to the network.</param>
/// <param name="schedule">The training's.</param>
/// <param name="kind">What the network answers.</param>
/// <param name="clip">Bound on the clean sample at every step.</param>
public sealed class DdimSolver(int size, int steps, NoiseSchedule schedule, PredictionKind kind, float clip) : DiffusionSolver(size, steps, schedule, kind, clip)
{
    private protected override void Step(Span<float> sample, ReadOnlySpan<float> clean, double alphaBar, double nextBar, bool isFirst, NoiseSource noise)
    {
        // The noise that the (bounded) clean sample leaves, carried over to the next step's share.
        var carried = Math.Sqrt((1 - nextBar) / (1 - alphaBar));
        var fromClean = (float)(Math.Sqrt(nextBar) - (Math.Sqrt(alphaBar) * carried));
        for (var i = 0; i < sample.Length; i++)
            sample[i] = (fromClean * clean[i]) + ((float)carried * sample[i]);
    }
}
