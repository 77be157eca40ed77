using Microsoft.ML.OnnxRuntime;

namespace Edge.Inference;

/// <summary>A graph with its tensors tied: write inputs, <see cref="Run"/>, read outputs. A run allocates nothing.</summary>
public sealed class BoundRun : IDisposable
{
    private const string GpuMemory = "Cuda"; // ONNX Runtime's name for it

    private readonly string _path;
    private readonly InferenceSession _session;
    private readonly RunOptions _options;
    private readonly Dictionary<string, NativeTensor> _tensors = new(StringComparer.Ordinal);
    private readonly bool _ownsTensors;
    private readonly OrtIoBinding _binding;
    private readonly CudaDriver? _device;
    private readonly OrtMemoryInfo? _deviceMemory;
    private readonly HashSet<string> _onDevice = []; // names of what the session wants in the GPU's memory
    private readonly List<NativeTensor> _uploads = [];
    private readonly List<NativeTensor> _downloads = [];

    internal BoundRun(string path, InferenceSession session, RunOptions options, bool ownsTensors, CudaDriver? device)
    {
        _path = path;
        _session = session;
        _options = options;
        _ownsTensors = ownsTensors;
        _binding = session.CreateIoBinding();
        _device = device;
        if (device is null)
            return;
        _deviceMemory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, device.Ordinal, OrtMemType.Default);
        using var inputs = session.GetMemoryInfosForInputs();
        using var outputs = session.GetMemoryInfosForOutputs();
        foreach (var (name, memory) in session.InputNames.Zip(inputs).Concat(session.OutputNames.Zip(outputs)))
        {
            if (memory.Name == GpuMemory)
                _onDevice.Add(name);
        }
    }

    /// <summary>A tensor by the graph's name for it.</summary>
    public NativeTensor this[string name] => _tensors[name];

    /// <summary>Computes the outputs from the inputs.</summary>
    /// <exception cref="ModelException">The graph cannot compute: its shapes do not fit each other, or a device failed.</exception>
    public void Run()
    {
        try
        {
            if (_device is not null)
                Upload(_device);
            _session.RunWithBinding(_options, _binding);
            if (_device is not null)
                Download(_device);
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
        _deviceMemory?.Dispose();
        if (!_ownsTensors)
            return;
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    internal bool Contains(string name) => _tensors.ContainsKey(name);

    internal void Add(string name, NativeTensor tensor, bool isInput)
    {
        _tensors.Add(name, tensor);
        var value = tensor.Value;
        if (_onDevice.Contains(name))
        {
            value = tensor.OnDevice(_device!, _deviceMemory!);
            (isInput ? _uploads : _downloads).Add(tensor);
        }

        if (isInput)
            _binding.BindInput(name, value);
        else
            _binding.BindOutput(name, value);
    }

    // The session computes on a stream of its own, which copies on the default stream do not wait for, nor it for them: hence both waits.
    private void Upload(CudaDriver device)
    {
        device.MakeCurrent();
        foreach (var tensor in _uploads)
            tensor.Upload();
        device.Synchronize();
    }

    private void Download(CudaDriver device)
    {
        device.Synchronize();
        foreach (var tensor in _downloads)
            tensor.Download();
    }
}
