using System.Runtime.InteropServices;
using Edge.Inference;
using Edge.Policy;
using Microsoft.ML.OnnxRuntime;

namespace Edge.Hil.Bench;

/// <summary>The calls that no sampler can do without: ONNX Runtime's own API, bound once, the encoder and then the denoiser as often as the solver asks, and nothing else.</summary>
internal sealed unsafe class BareSampler : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly List<nint> _memory = [];
    private readonly GaussianNoise _noise = new(1); // ordinary numbers: zeros would be no load for some kernels
    private readonly RunOptions _run = new();
    private readonly InferenceSession _encoder;
    private readonly InferenceSession _denoiser;
    private readonly OrtIoBinding _encode;
    private readonly OrtIoBinding _denoise;
    private readonly int _steps;

    /// <summary>Loads the package's graphs on the processor, one thread, as the policy does.</summary>
    public BareSampler(string package, int steps)
    {
        _steps = steps;
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, ExecutionMode = ExecutionMode.ORT_SEQUENTIAL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _encoder = new InferenceSession(Path.Combine(package, PolicyManifest.EncoderFile), options);
        _denoiser = new InferenceSession(Path.Combine(package, PolicyManifest.DenoiserFile), options);
        var tensors = new Dictionary<string, OrtValue>();
        (_encode, _denoise) = (Bind(_encoder, tensors), Bind(_denoiser, tensors));
    }

    /// <summary>Asks both networks as a sampler does.</summary>
    public void Draw()
    {
        _encoder.RunWithBinding(_run, _encode);
        for (var step = 0; step < _steps; step++)
            _denoiser.RunWithBinding(_run, _denoise);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encode.Dispose();
        _denoise.Dispose();
        _encoder.Dispose();
        _denoiser.Dispose();
        _run.Dispose();
        foreach (var owned in _owned)
            owned.Dispose();
        foreach (var memory in _memory)
            NativeMemory.AlignedFree((void*)memory);
    }

    /// <summary>Ties every tensor to memory of its own; one name is one tensor in both graphs.</summary>
    private OrtIoBinding Bind(InferenceSession session, Dictionary<string, OrtValue> tensors)
    {
        var binding = session.CreateIoBinding();
        foreach (var (name, node) in session.InputMetadata)
            binding.BindInput(name, Tensor(name, node));
        foreach (var (name, node) in session.OutputMetadata)
            binding.BindOutput(name, Tensor(name, node));
        return binding;

        OrtValue Tensor(string name, NodeMetadata node)
        {
            if (tensors.TryGetValue(name, out var known))
                return known;
            long[] shape = [.. node.Dimensions.Select(size => size > 0 ? (long)size : throw new ModelException($"{name}: found a free shape, allowed a fixed one"))];
            var bytes = shape.Aggregate(1L, (a, b) => a * b) * sizeof(float);
            var memory = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _noise.Fill(new Span<float>((void*)memory, (int)(bytes / sizeof(float))));
            _memory.Add(memory);
            var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, node.ElementDataType, shape, memory, bytes);
            _owned.Add(value);
            return tensors[name] = value;
        }
    }
}
