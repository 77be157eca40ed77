using Edge.Mqtt;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Mqtt;

/// <summary>A robot that does with each command what the test says, on a thread of its own.</summary>
internal sealed class RobotHost : IDisposable
{
    private readonly RobotMqtt _robot;
    private readonly Thread _thread;
    private volatile bool _stop;
    private Exception? _error;

    /// <summary>Connects it.</summary>
    /// <param name="description">The robot.</param>
    /// <param name="work">What it does with a command.</param>
    /// <param name="always">What it does all the time; null: nothing.</param>
    public RobotHost(RobotDescription description, Action<RobotMqtt, RobotCommand> work, Action<RobotMqtt>? always = null)
    {
        _robot = new RobotMqtt(description, null);
        _robot.Start();
        Broker.Until("the robot is connected", () => _robot.IsConnected);
        _thread = new Thread(() =>
        {
            try
            {
                while (!_stop)
                {
                    if (_robot.TryDequeue(out var command))
                        work(_robot, command);
                    always?.Invoke(_robot);
                    Thread.Sleep(5);
                }
            }
            catch (Exception error)
            {
                _error = error;
            }
        });
        _thread.Start();
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _robot.Dispose();
        Assert.Null(_error);
    }
}
