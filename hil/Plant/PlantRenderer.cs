namespace Edge.Hil.Plant;

/// <summary>
/// Draws a plant. Belongs to the thread that made it, which need not be the plant's: hand it a pose copied with <see cref="MuJoCoPlant.CopyPose"/>, and
/// physics never waits for a picture. Dispose it before its plant, on its own thread.
/// </summary>
public sealed unsafe class PlantRenderer : IDisposable
{
    private readonly PlantHandle _plant;
    private nint _renderer;

    internal PlantRenderer(PlantHandle plant, int maxWidthPx, int maxHeightPx, int samples, int shadowSize)
    {
        _plant = plant;
        var added = false;
        plant.DangerousAddRef(ref added);
        _renderer = Interop.CreateRenderer(plant, maxWidthPx, maxHeightPx, samples, shadowSize);
        if (_renderer != 0)
            return;
        plant.DangerousRelease();
        throw new InvalidOperationException($"No offscreen renderer: {Interop.Error()}");
    }

    /// <summary>Draws a pose; <paramref name="bgr"/> receives width * height * 3 bytes, blue green red, upper row first.</summary>
    public void Render(ReadOnlySpan<double> pose, CameraPose camera, int widthPx, int heightPx, Span<byte> bgr, bool shadows = true)
    {
        ObjectDisposedException.ThrowIf(_renderer == 0, this);
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentOutOfRangeException.ThrowIfLessThan(bgr.Length, widthPx * heightPx * 3, nameof(bgr));
        var native = camera.ToNative();
        fixed (double* qpos = pose)
        fixed (byte* pixels = bgr)
        {
            if (Interop.Render(_renderer, qpos, native, widthPx, heightPx, shadows ? 1 : 0, pixels) != 0)
                throw new InvalidOperationException($"Rendering failed: {Interop.Error()}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_renderer == 0)
            return;
        Interop.DestroyRenderer(_renderer);
        _renderer = 0;
        _plant.DangerousRelease();
    }
}
