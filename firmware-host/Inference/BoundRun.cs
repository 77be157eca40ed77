using Microsoft.ML.OnnxRuntime;

namespace Edge.Inference;

/// <summary>A graph with its tensors tied: write inputs, <see cref="Run"/>, read outputs. A run allocates nothing.</summary>
public sealed class BoundRun : IDisposable
{
    private readonly InferenceSession _session;
    private readonly Dictionary<string, NativeTensor> _tensors;
    private readonly bool _ownsTensors;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();

    internal BoundRun(InferenceSession session, Dictionary<string, NativeTensor> tensors, bool ownsTensors)
    {
        _session = session;
        _tensors = tensors;
        _ownsTensors = ownsTensors;
        _binding = session.CreateIoBinding();
    }

    /// <summary>A tensor by the graph's name for it.</summary>
    public NativeTensor this[string name] => _tensors[name];

    /// <summary>Computes the outputs from the inputs.</summary>
    public void Run()
    {
        // On the processor both are no-ops; with a device they copy between host and device.
        _binding.SynchronizeBoundInputs();
        _session.RunWithBinding(_options, _binding);
        _binding.SynchronizeBoundOutputs();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _options.Dispose();
        if (!_ownsTensors)
            return;
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    internal bool Contains(string name) => _tensors.ContainsKey(name);

    internal void Add(string name, NativeTensor tensor, bool isInput)
    {
        _tensors.Add(name, tensor);
        if (isInput)
            _binding.BindInput(name, tensor.Value);
        else
            _binding.BindOutput(name, tensor.Value);
    }
}
