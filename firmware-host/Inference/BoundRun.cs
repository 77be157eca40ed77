using Microsoft.ML.OnnxRuntime;

namespace Edge.Inference;

/// <summary>A graph with its tensors tied: write inputs, <see cref="Run"/>, read outputs. A run allocates nothing.</summary>
public sealed class BoundRun : IDisposable
{
    private readonly string _path;
    private readonly InferenceSession _session;
    private readonly RunOptions _options;
    private readonly Dictionary<string, NativeTensor> _tensors = new(StringComparer.Ordinal);
    private readonly bool _ownsTensors;
    private readonly OrtIoBinding _binding;

    internal BoundRun(string path, InferenceSession session, RunOptions options, bool ownsTensors)
    {
        _path = path;
        _session = session;
        _options = options;
        _ownsTensors = ownsTensors;
        _binding = session.CreateIoBinding();
    }

    /// <summary>A tensor by the graph's name for it.</summary>
    public NativeTensor this[string name] => _tensors[name];

    /// <summary>Computes the outputs from the inputs.</summary>
    /// <exception cref="ModelException">The graph cannot compute: its shapes do not fit each other, or a device failed.</exception>
    public void Run()
    {
        try
        {
            // On the processor both are no-ops; with a device they wait for its copies.
            _binding.SynchronizeBoundInputs();
            _session.RunWithBinding(_options, _binding);
            _binding.SynchronizeBoundOutputs();
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelException($"{_path}: {ProviderChain.FirstLine(e.Message)}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
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
