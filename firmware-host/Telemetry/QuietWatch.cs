using System.Globalization;

namespace Edge.Telemetry;

/// <summary>
/// Watches that the process stays as quiet as the loop needs it: nothing allocated by the loop's thread, next to nothing by the others, no collection.
/// Each thing that stops being true is told once.
/// </summary>
public sealed class QuietWatch
{
    /// <summary>What the whole process may allocate, in the mean over <see cref="WindowSeconds"/>.</summary>
    public const double BytesPerSecond = 1000;

    /// <summary>Long enough that a task's few kilobytes do not count as steady.</summary>
    public const double WindowSeconds = 600;

    private const int WindowSamples = (int)(WindowSeconds / AllocationMeter.SampleSeconds);
    private bool _toldLoop, _toldCollection, _toldRate;

    /// <summary>Looks at the newest sample. A sentence when something stopped being true; null while all is as it should be, or was told before.</summary>
    /// <param name="meter">The process; one sample at least.</param>
    /// <param name="loopBytes">What the loop's thread has allocated.</param>
    public string? Look(AllocationMeter meter, long loopBytes)
    {
        ArgumentNullException.ThrowIfNull(meter);
        return Look(meter[meter.Count - 1], meter.Count > WindowSamples ? meter[meter.Count - 1 - WindowSamples] : null, loopBytes);
    }

    /// <summary>The same on samples: the newest, and the one a window before; null where the run is too short for one.</summary>
    public string? Look(AllocationSample now, AllocationSample? before, long loopBytes)
    {
        if (loopBytes > 0 && !_toldLoop)
        {
            _toldLoop = true;
            return $"the loop's thread has allocated {loopBytes} bytes, allowed are none: a collection will suspend it";
        }

        if (now.Collections > 0 && !_toldCollection)
        {
            _toldCollection = true;
            return $"garbage was collected while armed ({now.Collections} times), which suspends the loop; the run's report says which thread allocates";
        }

        if (before is { } then && !_toldRate && (now.Bytes - then.Bytes) / (now.Seconds - then.Seconds) is > BytesPerSecond and var rate)
        {
            _toldRate = true;
            return string.Create(CultureInfo.InvariantCulture, $"the process allocates {rate:0} bytes a second, allowed are {BytesPerSecond:0}: garbage will be collected; the run's report says which thread allocates");
        }

        return null;
    }
}
