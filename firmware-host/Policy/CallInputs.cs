using Edge.Cameras;
using Edge.Inference;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Policy;

/// <summary>A policy that does calls of the API sees the picture around the call's target, and the robot's state beside it.</summary>
internal sealed class CallInputs : IPolicyInputs
{
    private const int ImageValues = ObservationEncoder.ImageChannels * ObservationEncoder.ImageSizePx * ObservationEncoder.ImageSizePx;

    private readonly PolicyManifest _manifest;
    private readonly ObservationEncoder _encoder;
    private readonly NativeTensor _images, _state;
    private Subtask? _subtask;

    public CallInputs(PolicyManifest manifest, CameraModel camera)
    {
        _manifest = manifest;
        _encoder = new ObservationEncoder(camera);
        _images = NativeTensor.Allocate(TensorElementType.Float, [1, manifest.ImageSteps, ObservationEncoder.ImageChannels, ObservationEncoder.ImageSizePx, ObservationEncoder.ImageSizePx]);
        _state = NativeTensor.Allocate(TensorElementType.Float, [1, manifest.ObservationSteps * ObservationEncoder.StateFeatures]);
        Tensors = [new("images", _images), new("state", _state)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, NativeTensor>> Tensors { get; }

    /// <inheritdoc/>
    public void Begin(Subtask subtask)
    {
        if (!_manifest.Calls.Contains(subtask.Function))
            throw new ArgumentException($"The policy package was not trained for {subtask.Text}.", nameof(subtask));
        _subtask = subtask;
    }

    /// <inheritdoc/>
    public void Fill(ReadOnlySpan<Observation> history)
    {
        var target = _subtask!.TargetNow(history[^1]);
        ObservationEncoder.EncodeState(history, _subtask.Function, target, _state.AsSpan<float>());
        for (var i = 0; i < _manifest.ImageSteps; i++)
            _encoder.EncodeImage(history[^(_manifest.ImageSteps - i)].Frame, target, _images.AsSpan<float>().Slice(i * ImageValues, ImageValues));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _images.Dispose();
        _state.Dispose();
    }
}
