using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Inference;

/// <summary>A tensor on native memory that never moves: bound once, read and written in place between runs, without garbage.</summary>
public sealed unsafe class NativeTensor : IDisposable
{
    private readonly TensorMemory _memory;
    private readonly bool _owner;
    private readonly long[] _shape;
    private OrtValue? _onDevice;
    private bool _disposed;

    private NativeTensor(TensorElementType type, long[] shape, TensorMemory memory, bool owner)
    {
        Type = type;
        _shape = shape;
        Count = CountOf(shape);
        _memory = memory;
        _owner = owner;
        Value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)memory.Host, Bytes);
    }

    /// <summary>Type of an element.</summary>
    public TensorElementType Type { get; }

    /// <summary>Dimensions.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Elements.</summary>
    public long Count { get; }

    /// <summary>The same tensor as ONNX Runtime knows it.</summary>
    internal OrtValue Value { get; }

    private long Bytes => Count * SizeOf(Type);

    /// <summary>Allocates a tensor of zeros.</summary>
    public static NativeTensor Allocate(TensorElementType type, params long[] shape) => Allocate(type, shape, deviceOnly: false);

    /// <summary>Allocates a tensor of zeros that one run writes and the next one reads: where a GPU computes it stays there, and <see cref="AsSpan"/> does not show it.</summary>
    public static NativeTensor AllocateState(TensorElementType type, params long[] shape) => Allocate(type, shape, deviceOnly: true);

    /// <summary>Another shape over the beginning of this tensor's memory, which must outlive it.</summary>
    public NativeTensor View(params long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (CountOf(shape) * SizeOf(Type) > _memory.Bytes)
            throw new ArgumentException($"[{string.Join(", ", shape)}] is larger than [{string.Join(", ", Shape)}].", nameof(shape));
        return new NativeTensor(Type, [.. shape], _memory, owner: false);
    }

    /// <summary>The elements, first dimension slowest. <typeparamref name="T"/> must have the size of <see cref="Type"/>.</summary>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return sizeof(T) == SizeOf(Type)
            ? new Span<T>(_memory.Host, checked((int)Count))
            : throw new InvalidOperationException($"The tensor holds {Type}, not {typeof(T).Name}.");
    }

    /// <summary>The elements' memory.</summary>
    public Span<byte> AsBytes()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Span<byte>(_memory.Host, checked((int)Bytes));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Value.Dispose();
        _onDevice?.Dispose();
        if (_owner)
            _memory.Dispose();
    }

    /// <summary>The same tensor in a GPU's memory, at a fixed address.</summary>
    internal OrtValue OnDevice(CudaDriver driver, OrtMemoryInfo memory) =>
        _onDevice ??= OrtValue.CreateTensorValueWithData(memory, Type, _shape, _memory.OnDevice(driver), Bytes);

    /// <summary>Carries the elements to the GPU.</summary>
    internal void Upload() => _memory.Upload(Bytes);

    /// <summary>Fetches the elements from the GPU.</summary>
    internal void Download() => _memory.Download(Bytes);

    internal static int SizeOf(TensorElementType type) => type switch
    {
        TensorElementType.Bool or TensorElementType.UInt8 or TensorElementType.Int8 => 1,
        TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.UInt16 or TensorElementType.Int16 => 2,
        TensorElementType.Float or TensorElementType.Int32 or TensorElementType.UInt32 => 4,
        TensorElementType.Int64 or TensorElementType.UInt64 or TensorElementType.Double => 8,
        _ => throw new ModelException($"found a tensor of type {type}, allowed numbers and bool"),
    };

    private static NativeTensor Allocate(TensorElementType type, long[] shape, bool deviceOnly)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new NativeTensor(type, [.. shape], new TensorMemory(CountOf(shape) * SizeOf(type), deviceOnly), owner: true);
    }

    private static long CountOf(long[] shape)
    {
        var count = 1L;
        foreach (var n in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(n, nameof(shape));
            count = checked(count * n);
        }

        return count;
    }
}
