namespace Edge.Policy;

/// <summary>
/// Flow matching (Lipman et al. 2023) on straight paths, x(t) = (1 - t) noise + t data: the network predicts dx/dt, Euler integrates it from 0 to 1.
/// </summary>
public sealed class FlowMatchingSolver : ISolver
{
    private readonly float[] _velocity;
    private readonly float _timeScale;

    /// <summary>Makes a solver for samples of <paramref name="size"/> values; the network's time runs from 0 to <paramref name="timesteps"/>.</summary>
    public FlowMatchingSolver(int size, int steps, int timesteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        Steps = steps;
        _velocity = new float[size];
        _timeScale = timesteps;
    }

    /// <inheritdoc/>
    public int Steps { get; }

    /// <inheritdoc/>
    public void Solve(Span<float> sample, IDenoiser denoiser, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        var dt = 1f / Steps;
        for (var step = 0; step < Steps; step++)
        {
            denoiser.Predict(sample, step * dt * _timeScale, _velocity);
            for (var i = 0; i < sample.Length; i++)
                sample[i] += dt * _velocity[i];
        }
    }
}
