namespace Edge.Policy;

/// <summary>
/// What the solvers of diffusion models share: from the schedule's last time to its first on evenly spaced times; at each the network's answer becomes a clean sample,
/// bounded, and the solver's own rule makes the next sample from it.
/// </summary>
public abstract class DiffusionSolver : ISolver
{
    private readonly DiffusionObjective _objective;
    private readonly float _clip;
    private readonly int[] _timesteps;
    private readonly float[] _prediction;
    private readonly float[] _clean;

    private protected DiffusionSolver(int size, int steps, NoiseSchedule schedule, PredictionKind kind, float clip)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        _objective = new DiffusionObjective(schedule, kind);
        _clip = clip;
        _timesteps = schedule.Trailing(steps);
        _prediction = new float[size];
        _clean = new float[size];
    }

    /// <inheritdoc/>
    public int Steps => _timesteps.Length;

    /// <inheritdoc/>
    public void Solve(Span<float> sample, IDenoiser denoiser, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(noise);
        for (var step = 0; step < _timesteps.Length; step++)
        {
            denoiser.Predict(sample, _timesteps[step], _prediction);
            _objective.ToClean(sample, _timesteps[step], _prediction, _clean);
            foreach (ref var value in _clean.AsSpan())
                value = Math.Clamp(value, -_clip, _clip);
            var alphaBar = _objective.Schedule.AlphaBar(_timesteps[step]);
            var nextBar = _objective.Schedule.AlphaBar(step + 1 < _timesteps.Length ? _timesteps[step + 1] : -1);
            Step(sample, _clean, alphaBar, nextBar, isFirst: step == 0, noise);
        }
    }

    /// <summary>Makes the next sample in place.</summary>
    /// <param name="sample">The present sample.</param>
    /// <param name="clean">The clean sample that it implies, bounded.</param>
    /// <param name="alphaBar">Share of the signal's variance in it.</param>
    /// <param name="nextBar">Share in the next one; 1 in the last.</param>
    /// <param name="isFirst">The first step of a sample.</param>
    /// <param name="noise">Noise, for solvers that add some.</param>
    private protected abstract void Step(Span<float> sample, ReadOnlySpan<float> clean, double alphaBar, double nextBar, bool isFirst, NoiseSource noise);
}
