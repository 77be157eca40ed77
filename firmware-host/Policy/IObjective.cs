namespace Edge.Policy;

/// <summary>What a denoiser's answers mean: the clean sample that each implies, and back.</summary>
internal interface IObjective
{
    /// <summary>The clean sample that an answer about a noisy sample implies.</summary>
    void ToClean(ReadOnlySpan<float> sample, float timestep, ReadOnlySpan<float> prediction, Span<float> clean);

    /// <summary>The answer that implies a clean sample.</summary>
    void ToPrediction(ReadOnlySpan<float> sample, float timestep, ReadOnlySpan<float> clean, Span<float> prediction);
}

/// <summary>Flow matching on straight paths, x(t) = (1 - t) noise + t data: the answer is dx/dt.</summary>
/// <param name="timesteps">What stands for t = 1.</param>
internal sealed class FlowObjective(int timesteps) : IObjective
{
    /// <inheritdoc/>
    public void ToClean(ReadOnlySpan<float> sample, float timestep, ReadOnlySpan<float> prediction, Span<float> clean)
    {
        var left = 1 - (timestep / timesteps);
        for (var i = 0; i < sample.Length; i++)
            clean[i] = sample[i] + (left * prediction[i]);
    }

    /// <inheritdoc/>
    public void ToPrediction(ReadOnlySpan<float> sample, float timestep, ReadOnlySpan<float> clean, Span<float> prediction)
    {
        var left = 1 - (timestep / timesteps);
        for (var i = 0; i < sample.Length; i++)
            prediction[i] = (clean[i] - sample[i]) / left;
    }
}

/// <summary>Diffusion: x = sqrt(alphaBar) data + sqrt(1 - alphaBar) noise; the answer is the noise, the data, or the velocity.</summary>
/// <param name="schedule">How alphaBar falls.</param>
/// <param name="kind">What the network answers.</param>
internal sealed class DiffusionObjective(NoiseSchedule schedule, PredictionKind kind) : IObjective
{
    /// <summary>How alphaBar falls.</summary>
    public NoiseSchedule Schedule => schedule;

    /// <inheritdoc/>
    public void ToClean(ReadOnlySpan<float> sample, float timestep, ReadOnlySpan<float> prediction, Span<float> clean)
    {
        var (signal, noise) = SharesAt(timestep);
        for (var i = 0; i < sample.Length; i++)
        {
            clean[i] = kind switch
            {
                PredictionKind.Epsilon => (sample[i] - (noise * prediction[i])) / signal,
                PredictionKind.V => (signal * sample[i]) - (noise * prediction[i]),
                _ => prediction[i],
            };
        }
    }

    /// <inheritdoc/>
    public void ToPrediction(ReadOnlySpan<float> sample, float timestep, ReadOnlySpan<float> clean, Span<float> prediction)
    {
        var (signal, noise) = SharesAt(timestep);
        for (var i = 0; i < sample.Length; i++)
        {
            prediction[i] = kind switch
            {
                PredictionKind.Epsilon => (sample[i] - (signal * clean[i])) / noise,
                PredictionKind.V => ((signal * sample[i]) - clean[i]) / noise,
                _ => clean[i],
            };
        }
    }

    private (float Signal, float Noise) SharesAt(float timestep)
    {
        var alphaBar = schedule.AlphaBar((int)timestep);
        return ((float)Math.Sqrt(alphaBar), (float)Math.Sqrt(1 - alphaBar));
    }
}
