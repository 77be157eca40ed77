using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Inference;

/// <summary>A tensor on native memory that never moves: bound once, read and written in place between runs, without garbage.</summary>
public sealed unsafe class NativeTensor : IDisposable
{
    private const int AlignmentBytes = 64; // a cache line, and the widest vector register

    private readonly void* _memory;
    private readonly long _capacityBytes;
    private readonly bool _owner;
    private bool _disposed;

    private NativeTensor(TensorElementType type, long[] shape, void* memory, long capacityBytes, bool owner)
    {
        Type = type;
        Shape = shape;
        Count = CountOf(shape);
        _memory = memory;
        _capacityBytes = capacityBytes;
        _owner = owner;
        Value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)memory, Count * SizeOf(type));
    }

    /// <summary>Type of an element.</summary>
    public TensorElementType Type { get; }

    /// <summary>Dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Elements.</summary>
    public long Count { get; }

    /// <summary>The same tensor as ONNX Runtime knows it.</summary>
    internal OrtValue Value { get; }

    /// <summary>Allocates a tensor of zeros.</summary>
    public static NativeTensor Allocate(TensorElementType type, params long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var bytes = CountOf(shape) * SizeOf(type);
        var memory = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, AlignmentBytes), AlignmentBytes);
        NativeMemory.Clear(memory, (nuint)bytes);
        return new NativeTensor(type, [.. shape], memory, bytes, owner: true);
    }

    /// <summary>Another shape over the beginning of this tensor's memory, which must outlive it.</summary>
    public NativeTensor View(params long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (CountOf(shape) * SizeOf(Type) > _capacityBytes)
            throw new ArgumentException($"[{string.Join(", ", shape)}] is larger than [{string.Join(", ", Shape)}].", nameof(shape));
        return new NativeTensor(Type, [.. shape], _memory, _capacityBytes, owner: false);
    }

    /// <summary>The elements, first dimension slowest. <typeparamref name="T"/> must have the size of <see cref="Type"/>.</summary>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return sizeof(T) == SizeOf(Type)
            ? new Span<T>(_memory, checked((int)Count))
            : throw new InvalidOperationException($"The tensor holds {Type}, not {typeof(T).Name}.");
    }

    /// <summary>The elements' memory.</summary>
    public Span<byte> AsBytes()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Span<byte>(_memory, checked((int)(Count * SizeOf(Type))));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Value.Dispose();
        if (_owner)
            NativeMemory.AlignedFree(_memory);
    }

    internal static int SizeOf(TensorElementType type) => type switch
    {
        TensorElementType.Bool or TensorElementType.UInt8 or TensorElementType.Int8 => 1,
        TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.UInt16 or TensorElementType.Int16 => 2,
        TensorElementType.Float or TensorElementType.Int32 or TensorElementType.UInt32 => 4,
        TensorElementType.Int64 or TensorElementType.UInt64 or TensorElementType.Double => 8,
        _ => throw new ModelException($"found a tensor of type {type}, allowed numbers and bool"),
    };

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
