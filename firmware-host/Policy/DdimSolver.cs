namespace Edge.Policy;

/// <summary>DDIM (Song et al. 2021) without added noise: the same noise always gives the same sample.</summary>
public sealed class DdimSolver : ISolver
{
    private readonly NoiseSchedule _schedule;
    private readonly PredictionKind _kind;
    private readonly float _clip;
    private readonly int[] _timesteps;
    private readonly float[] _clean;

    /// <summary>Makes a solver for samples of <paramref name="size"/> values; the clean sample is bounded to +-<paramref name="clip"/> at every step.</summary>
    public DdimSolver(int size, int steps, NoiseSchedule schedule, PredictionKind kind, float clip)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        _schedule = schedule;
        _kind = kind;
        _clip = clip;
        _timesteps = schedule.Trailing(steps);
        _clean = new float[size];
    }

    /// <inheritdoc/>
    public int Steps => _timesteps.Length;

    /// <inheritdoc/>
    public void Solve(Span<float> sample, IDenoiser denoiser, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        for (var step = 0; step < _timesteps.Length; step++)
        {
            var alpha = _schedule.AlphaBar(_timesteps[step]);
            var next = _schedule.AlphaBar(step + 1 < _timesteps.Length ? _timesteps[step + 1] : -1);
            denoiser.Predict(sample, _timesteps[step], _clean);
            NoiseSchedule.ToClean(_kind, alpha, _clip, sample, _clean);
            // The noise that the (bounded) clean sample leaves, carried over to the next step's share.
            var carried = Math.Sqrt((1 - next) / (1 - alpha));
            var fromClean = (float)(Math.Sqrt(next) - (Math.Sqrt(alpha) * carried));
            for (var i = 0; i < sample.Length; i++)
                sample[i] = (fromClean * _clean[i]) + ((float)carried * sample[i]);
        }
    }
}
