namespace Edge.Policy;

/// <summary>
/// DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): second order in the logarithm of the signal-to-noise ratio, by way of the clean samples of this step and the one
/// before, so that each step asks the network once. The first step and the last are of first order, as there is no step before and no noise after.
/// </summary>
/// <param name="size">Values of a sample.</param>
/// <param name="steps">Questions to the network.</param>
/// <param name="schedule">The training's.</param>
/// <param name="kind">What the network answers.</param>
/// <param name="clip">Bound on the clean sample at every step.</param>
public sealed class DpmSolver(int size, int steps, NoiseSchedule schedule, PredictionKind kind, float clip) : DiffusionSolver(size, steps, schedule, kind, clip)
{
    private readonly float[] _cleanBefore = new float[size];
    private double _widthBefore;

    private protected override void Step(Span<float> sample, ReadOnlySpan<float> clean, double alphaBar, double nextBar, bool isFirst, NoiseSource noise)
    {
        // Width of the step in half the logarithm of the signal-to-noise ratio; infinite in the last, where the clean sample is the result.
        var width = HalfLogRatio(nextBar) - HalfLogRatio(alphaBar);
        var fromSample = (float)Math.Sqrt((1 - nextBar) / (1 - alphaBar));
        var fromClean = (float)(Math.Sqrt(nextBar) * (1 - Math.Exp(-width)));
        var slope = isFirst || double.IsInfinity(width) ? 0 : (float)(width / (2 * _widthBefore));
        for (var i = 0; i < sample.Length; i++)
        {
            var ahead = clean[i] + (slope * (clean[i] - _cleanBefore[i]));
            sample[i] = (fromSample * sample[i]) + (fromClean * ahead);
        }

        clean.CopyTo(_cleanBefore);
        _widthBefore = width;
    }

    private static double HalfLogRatio(double alphaBar) => 0.5 * Math.Log(alphaBar / (1 - alphaBar));
}
