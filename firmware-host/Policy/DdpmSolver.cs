namespace Edge.Policy;

/// <summary>Ancestral sampling of DDPM (Ho et al. 2020) with the posterior's variance, on all of the training steps or evenly on some.</summary>
public sealed class DdpmSolver : ISolver
{
    private readonly NoiseSchedule _schedule;
    private readonly PredictionKind _kind;
    private readonly float _clip;
    private readonly int[] _timesteps;
    private readonly float[] _clean;
    private readonly float[] _noise;

    /// <summary>Makes a solver for samples of <paramref name="size"/> values; the clean sample is bounded to +-<paramref name="clip"/> at every step.</summary>
    public DdpmSolver(int size, int steps, NoiseSchedule schedule, PredictionKind kind, float clip)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        _schedule = schedule;
        _kind = kind;
        _clip = clip;
        _timesteps = schedule.Trailing(steps);
        _clean = new float[size];
        _noise = new float[size];
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
            var isLast = step + 1 == _timesteps.Length;
            var alphaBar = _schedule.AlphaBar(_timesteps[step]);
            var nextBar = _schedule.AlphaBar(isLast ? -1 : _timesteps[step + 1]);
            denoiser.Predict(sample, _timesteps[step], _clean);
            NoiseSchedule.ToClean(_kind, alphaBar, _clip, sample, _clean);
            var alpha = alphaBar / nextBar;
            var fromClean = (float)(Math.Sqrt(nextBar) * (1 - alpha) / (1 - alphaBar));
            var fromSample = (float)(Math.Sqrt(alpha) * (1 - nextBar) / (1 - alphaBar));
            var spread = (float)Math.Sqrt((1 - nextBar) / (1 - alphaBar) * (1 - alpha));
            if (isLast)
                _noise.AsSpan().Clear();
            else
                noise.Fill(_noise);
            for (var i = 0; i < sample.Length; i++)
                sample[i] = (fromClean * _clean[i]) + (fromSample * sample[i]) + (spread * _noise[i]);
        }
    }
}
