using Edge.Inference;

namespace Edge.Policy;

/// <summary>What a policy's encoder network looks at: its input tensors, and who fills them. Not thread-safe; belongs to one <see cref="DiffusionPolicy"/>.</summary>
public interface IPolicyInputs : IDisposable
{
    /// <summary>The encoder network's inputs by name, 32-bit floats, in the order of the package's golden file.</summary>
    IReadOnlyList<KeyValuePair<string, NativeTensor>> Tensors { get; }

    /// <summary>A new subtask begins.</summary>
    /// <exception cref="ArgumentException">The network was not trained for it.</exception>
    void Begin(Subtask subtask);

    /// <summary>Writes the tensors for the newest observations, the newest last. Allocates nothing.</summary>
    void Fill(ReadOnlySpan<Observation> history);
}
