using System.Globalization;
using System.Text;
using Edge.Control;

namespace Edge.Telemetry;

/// <summary>
/// Samples of a run for pictures: joints, command, state and the loop's lateness at some tens of hertz, in memory taken at the start, written as CSV at the end.
/// A full trace stops recording; it never grows.
/// </summary>
public sealed class RunTrace(int capacity, int joints)
{
    private readonly double[] _time = new double[capacity];
    private readonly double[] _position = new double[capacity * joints];
    private readonly double[] _command = new double[capacity * joints];
    private readonly double[] _lateness = new double[capacity];
    private readonly ControlState[] _state = new ControlState[capacity];
    private long _firstNs;

    /// <summary>Samples so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a sample; lateness is the largest since the previous one, ns. Allocates nothing.</summary>
    public void Add(in RobotSnapshot robot, long latenessNs)
    {
        if (Count == capacity)
            return;
        if (Count == 0)
            _firstNs = robot.TimeNs;
        _time[Count] = (robot.TimeNs - _firstNs) * 1e-9;
        _lateness[Count] = latenessNs * 1e-3;
        _state[Count] = robot.State;
        for (var j = 0; j < joints; j++)
        {
            _position[(Count * joints) + j] = robot.PositionRad[j];
            _command[(Count * joints) + j] = robot.CommandRad[j];
        }

        Count++;
    }

    /// <summary>Writes the samples: monotonic start in the first line's comment, then time, state, lateness, positions and commands.</summary>
    public void Write(string path)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# monotonic start, ns: {_firstNs}\nseconds,state,latenessUs");
        for (var j = 0; j < joints; j++)
            text.Append(CultureInfo.InvariantCulture, $",q{j + 1}Rad");
        for (var j = 0; j < joints; j++)
            text.Append(CultureInfo.InvariantCulture, $",command{j + 1}Rad");
        text.Append('\n');
        for (var i = 0; i < Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{_time[i]:0.000},{_state[i]},{_lateness[i]:0.0}");
            for (var j = 0; j < joints; j++)
                text.Append(CultureInfo.InvariantCulture, $",{_position[(i * joints) + j]:0.00000}");
            for (var j = 0; j < joints; j++)
                text.Append(CultureInfo.InvariantCulture, $",{_command[(i * joints) + j]:0.00000}");
            text.Append('\n');
        }

        File.WriteAllText(path, text.ToString());
    }
}
