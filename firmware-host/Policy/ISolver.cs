namespace Edge.Policy;

/// <summary>Turns noise into a sample by asking a network a fixed number of times. Allocates nothing after construction.</summary>
public interface ISolver
{
    /// <summary>Questions to the network for one sample.</summary>
    int Steps { get; }

    /// <summary>Turns <paramref name="sample"/>, standard normal at first, into a sample, in place. <paramref name="noise"/> serves solvers that add some on the way.</summary>
    void Solve(Span<float> sample, IDenoiser denoiser, NoiseSource noise);
}

/// <summary>The network, as a solver sees it.</summary>
public interface IDenoiser
{
    /// <summary>Predicts from a noisy sample, at a time of the training schedule, what the solver's objective asks for.</summary>
    void Predict(ReadOnlySpan<float> sample, float timestep, Span<float> prediction);
}

/// <summary>Standard normal numbers.</summary>
public abstract class NoiseSource
{
    /// <summary>Fills with independent standard normal numbers.</summary>
    public abstract void Fill(Span<float> values);
}
