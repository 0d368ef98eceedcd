import SwfsLab

SwfsLabCommand.run()
